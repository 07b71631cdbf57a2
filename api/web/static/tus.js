// One file's way to the house by tus 1.0: announced, sent in pieces, gone on with where it stopped.

const VERSION = "1.0.0";
const STALLED = 30_000; // ms without progress
const CHECKING = 180_000; // ms for the answer once all is sent: the house looks at the whole file first

export class Stopped extends Error {
  // `final`: it will never be taken; `over`: the link, or the file, is no more; `rest`: seconds to wait first.
  constructor(why, { final = false, over = false, rest = 0 } = {}) {
    super(why);
    Object.assign(this, { final, over, rest });
  }
}

function refused(request) {
  const { status, response } = request;
  const detail = response?.detail ?? "";
  if (status === 404 || status === 410) return new Stopped(detail, { over: true });
  if (status === 413 || status === 422) return new Stopped(detail, { final: true });
  const rest = Number(request.getResponseHeader("Retry-After")) || (status === 423 ? 2 : 0);
  return new Stopped("", { rest });
}

// fetch() tells nothing of progress; XMLHttpRequest does.
function ask(method, address, { headers = {}, body = null, signal, onProgress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer;
    const alive = (patience) => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), patience);
    };
    request.open(method, address);
    request.responseType = "json";
    for (const [name, value] of Object.entries({ "Tus-Resumable": VERSION, ...headers })) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", ({ loaded }) => {
      alive(STALLED);
      onProgress?.(loaded);
    });
    request.upload.addEventListener("load", () => alive(CHECKING));
    request.addEventListener("load", () => (request.status < 300 ? resolve(request) : reject(refused(request))));
    for (const end of ["error", "abort"]) request.addEventListener(end, () => reject(new Stopped("")));
    request.addEventListener("loadend", () => clearTimeout(timer));
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    alive(STALLED);
    request.send(body);
  });
}

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const offsetOf = (request) => Number(request.getResponseHeader("Upload-Offset"));

// The file's sign: the same file chosen again has the same.
export const fingerprint = (file) => `${file.size}-${file.lastModified}`;

// Announce a file below `base`; its address.
export async function announce(base, file, signal) {
  const headers = {
    "Upload-Length": String(file.size),
    "Upload-Metadata": `filename ${base64(file.name.normalize("NFC"))},fingerprint ${base64(fingerprint(file))}`,
  };
  const request = await ask("POST", base, { headers, signal });
  return request.getResponseHeader("Location");
}

export async function offset(address, signal) {
  return offsetOf(await ask("HEAD", address, { signal }));
}

// Send one piece; the new offset. At the file's end an empty piece has it looked at.
export async function sendPiece(address, start, piece, { signal, onProgress }) {
  const headers = { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(start) };
  return offsetOf(await ask("PATCH", address, { headers, body: piece, signal, onProgress }));
}

export async function forget(address) {
  await ask("DELETE", address, {});
}
