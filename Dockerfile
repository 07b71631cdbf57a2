FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements.txt ./
RUN python -m venv /opt/giaouoc && /opt/giaouoc/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
RUN /opt/giaouoc/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 giaouoc && mkdir /data && chown giaouoc /data
COPY --from=build /opt/giaouoc /opt/giaouoc
USER giaouoc
ENV PATH=/opt/giaouoc/bin:$PATH GIAOUOC_DATA=/data GIAOUOC_HOST=0.0.0.0 PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["giaouoc", "up"]
