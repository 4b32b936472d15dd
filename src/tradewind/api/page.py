"""The built web page, served from this package."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from tradewind.api.problems import ProblemError

BUILT_PAGE = Path(__file__).with_name("static")
_A_YEAR = "public, max-age=31536000, immutable"


class _HashedFiles(StaticFiles):
    """Files whose names change with their content, so browsers may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        try:
            answer = await super().get_response(path, scope)
        except OSError as error:
            raise HTTPException(404) from error  # A name that the file system takes for none.
        if answer.status_code == 200:
            answer.headers["Cache-Control"] = _A_YEAR
        return answer


def add_page(app: FastAPI, static_dir: Path) -> None:
    """Serve the page at ``/``; where it was not built, say how to build it."""
    index = static_dir / "index.html"
    assets = static_dir / "assets"
    if assets.is_dir():
        app.mount("/assets", _HashedFiles(directory=assets), name="assets")

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        if not index.is_file():
            message = "The web page is not built; the API answers under /api/v1."
            raise ProblemError(503, message, "Build it with: npm ci && npm run build in web/.")
        return FileResponse(index, headers={"Cache-Control": "no-cache"})

    @app.get("/favicon.svg", include_in_schema=False)
    async def icon() -> Response:
        drawn = static_dir / "favicon.svg"
        if not drawn.is_file():
            raise ProblemError(404, "There is no icon: the web page is not built.")
        return FileResponse(drawn)
