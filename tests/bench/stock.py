"""FastAPI and SQLModel as their tutorials have them, with one table. `python -m tests.bench.stock FOLDER PORT`"""

import sys

import uvicorn
from fastapi import Depends, FastAPI
from sqlmodel import Field, Session, SQLModel, create_engine


class Said(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    chat: str
    text: str


if __name__ == "__main__":
    folder, port = sys.argv[1:3]
    engine = create_engine(f"sqlite:///{folder}/stock.db", connect_args={"check_same_thread": False, "timeout": 60})
    SQLModel.metadata.create_all(engine, tables=[SQLModel.metadata.tables["said"]])
    app = FastAPI()

    def session():  # type: ignore[no-untyped-def]
        with Session(engine) as opened:
            yield opened

    @app.get("/livez")
    async def alive() -> dict[str, str]:
        return {}

    @app.post("/said")
    def say(said: Said, db: Session = Depends(session)) -> Said:
        db.add(said)
        db.commit()
        db.refresh(said)
        return said

    uvicorn.run(app, port=int(port), log_level="warning")
