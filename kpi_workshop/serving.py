"""The workshop as an app: the engagement's notebooks through Voilà, on this computer alone, behind a token."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import webbrowser
from collections.abc import Mapping
from typing import Any

import tornado.ioloop
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.identity import IdentityProvider
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyter_server.utils import ApiPath
from tornado.web import StaticFileHandler
from traitlets.config import Config
from voila.app import Voila
from voila.tornado.handler import TornadoVoilaHandler

from . import audience, bundle, runs
from .engagement import Engagement
from .errors import WorkshopError, say

START = "00_start_here"
LEADER_ONLY = frozenset({"02_hypothesis"})
HOST = "127.0.0.1"
PORT = 8866
PORTS_TRIED = 20
SECONDS_UNUSED = 30 * 60
PING_MILLISECONDS = 30_000
REFILL_AFTER = 4.0
"""Seconds after a page took the warm kernel until the next is started: the page being opened comes first."""
NAMES = {
    START: "Where you are", "01_org_chart": "Org chart", "02_hypothesis": "Hypothesis",
    "03_interviews": "Interviews", "04_sorting": "Sorting", "05_rollout": "Rollout",
}  # fmt: skip
REPORTS = r"/voila/runs/(\d{4}-\d\d-\d\d/(?:report|playback)[\w-]*\.html)"
GUIDES = r"/voila/cache/guides/(guide-[a-z]+\.html)"
EXTENSIONS = ["anywidget", "@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8"]
WARM_UP = """
import sys
sys.modules.setdefault("rfc3987_syntax", None)
import altair, duckdb, ibis, pandas, vl_convert
from kpi_workshop import matching
from kpi_workshop.pages import charter, hypothesis, interviews, org_chart, rollout, sorting, start, workshop
matching.sort("calls made in a week, and what came of them")
vl_convert.vegalite_to_svg({"mark": "point", "data": {"values": [{}]}})
"""


def pages(engagement: Engagement, *, private: bool) -> list[str]:
    """The names of the notebooks that are served; the leader's own only with `private`."""
    names = [START, *runs.STEPS]
    there = [name for name in names if (engagement.notebooks / f"{name}.ipynb").is_file()]
    return [name for name in there if private or name not in LEADER_ONLY]


def serve(engagement: Engagement, *, port: int | None = None, private: bool = False, browser: bool = True) -> None:
    """Serve the engagement until it is stopped; prints the address with its token, and opens it in a browser."""
    if START not in pages(engagement, private=private):
        raise WorkshopError(f"The engagement has no notebook {START}.ipynb in '{engagement.notebooks}'. Copy it there.")
    os.environ[audience.VARIABLE] = audience.LEADER if private else audience.EVERYONE
    os.environ["JPY_SESSION_NAME"] = str(engagement.notebooks / f"{START}.ipynb")  # by it a notebook finds its folder
    logging.getLogger("tornado.access").setLevel(logging.ERROR)  # addresses hold the token
    app = App(engagement, port=port, private=private, browser=browser)
    app.initialize([])
    app.start()


class WarmKernels(AsyncMappingKernelManager):
    """Keeps one kernel with everything imported: a page starts at once, and nothing of it is computed beforehand.

    Voilà's own pool executes whole notebooks in advance, so that a page would show what was recorded before it.
    """

    _next: asyncio.Task[str] | None = None

    def keep_warm(self, *, after: float = 0.0) -> None:
        """Start and warm the next kernel in the background."""
        self._next = asyncio.ensure_future(self._warmed(after))

    async def start_kernel(self, **asked: Any) -> str:  # type: ignore[override]
        """The id of the warm kernel, or of one started now."""
        waiting, self._next = self._next, None
        self.keep_warm(after=REFILL_AFTER)
        with contextlib.suppress(Exception):
            if waiting and (kernel_id := await waiting) in self:
                return kernel_id
        return await super().start_kernel(**asked)

    async def _warmed(self, after: float) -> str:
        await asyncio.sleep(after)
        kernel_id: str = await super().start_kernel(kernel_name="python3", path=ApiPath(""))
        client: Any = self.get_kernel(kernel_id).client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=60)
            await client.execute(WARM_UP, silent=True, store_history=False, reply=True, timeout=60)
        finally:
            client.stop_channels()
        return kernel_id


class Page(TornadoVoilaHandler):
    """One notebook as a page; nothing else of the folder can be asked for."""

    @property
    def content_security_policy(self) -> str:
        """Nothing is loaded from anywhere else, and no other site may frame the page."""
        return (
            "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' "
            f"'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' "
            f"ws://{self.request.host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )

    @allow_unauthenticated  # it refuses by itself, with a sentence instead of a form for a password
    async def get(self, path: str = "") -> None:
        """The page `path`, a refusal without the token, or a plain sentence where there is no such page."""
        self.set_header("Referrer-Policy", "no-referrer")
        name = path.removesuffix(".ipynb")
        served: Mapping[str, str] = self.settings["workshop_pages"]
        if self.current_user is None:
            self._say(403, "This address lacks its token", "Copy the whole address from where the app was started.")
        elif not path:
            self.redirect(f"{self.base_url}voila/render/{START}.ipynb")
        elif name in LEADER_ONLY and name not in served:
            self._say(
                404, "This page is for the leader alone", "The leader opens it with: kpi-workshop serve --private"
            )
        elif name not in served or path != f"{name}.ipynb":
            self._say(404, "There is no such page", "Choose one of the steps.")
        else:
            _ = self.xsrf_token  # asking for it sets the cookie with which a page that is left may end its kernel
            await super().get(path)

    def _say(self, status: int, title: str, words: str) -> None:
        self.set_status(status)
        known = self.settings["workshop_pages"] if self.current_user else {}
        self.finish(self.get_template("message.html").render(title=title, words=words, pages=known))


class Document(JupyterHandler, StaticFileHandler):
    """A page of the report, a hand-out or an interview guide, as written; only with the token, asked before `get`."""

    def set_extra_headers(self, path: str) -> None:
        """The next run may write it anew."""
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "no-referrer")


class App(Voila):
    """Voilà with its own look, its own start and no more handlers than the pages need."""

    def __init__(self, engagement: Engagement, *, port: int | None, private: bool, browser: bool) -> None:
        self.engagement, self.private, self.asked_port, self.browsing = engagement, private, port, browser
        served = {name: NAMES[name] for name in pages(engagement, private=private)}
        self.served = served
        about = {
            "client": engagement.settings.name, "demo": engagement.settings.demo, "private": private, "pages": served,
        }  # fmt: skip
        config = Config()
        config.VoilaConfiguration.resources = {"workshop": about}
        config.VoilaConfiguration.show_tracebacks = True  # the template shows one plain line of an error
        config.VoilaConfiguration.allow_template_override = "NO"
        config.VoilaConfiguration.allow_theme_override = "NO"
        config.VoilaConfiguration.extension_allowlist = EXTENSIONS
        config.VoilaConfiguration.multi_kernel_manager_class = WarmKernels
        config.MappingKernelManager.cull_idle_timeout = SECONDS_UNUSED
        if os.name == "posix":
            config.KernelManager.transport = "ipc"  # a socket file that only the owner can open
        super().__init__(
            root_dir=str(engagement.notebooks), token=secrets.token_urlsafe(24), open_browser=False,
            config_file_paths=[], identity_provider_class=IdentityProvider, log_level=logging.ERROR, config=config,
        )  # fmt: skip

    def setup_template_dirs(self) -> None:
        """Our own template before Voilà's."""
        super().setup_template_dirs()
        self.template_paths: list[str] = [str(bundle.folder("templates") / "voila"), *self.template_paths]

    def init_settings(self) -> dict[str, Any]:
        """Voilà's settings, for requests to this computer by its own name only."""
        settings: dict[str, Any] = super().init_settings()
        settings |= {"allow_remote_access": False, "local_hostnames": ["localhost", HOST]}
        settings |= {"ws_ping_interval": PING_MILLISECONDS, "ws_ping_timeout": PING_MILLISECONDS}
        settings["workshop_pages"] = self.served
        return settings

    def init_handlers(self) -> list[Any]:
        """Kernels, scripts and our pages; neither the folder's tree nor its files."""
        dropped = ("/voila/tree", "/voila/files", "/voila/api/contents", "/voila/render", "/login", "/logout")
        kept = [
            handler for handler in super().init_handlers()
            if handler[0] != self.server_url and not handler[0].startswith(dropped)
        ]  # fmt: skip
        given = {
            "template_paths": self.template_paths, "config": self.config,
            "voila_configuration": self.voila_configuration,
        }  # fmt: skip
        documents = [
            (REPORTS, Document, {"path": str(self.engagement.folder / "runs")}),
            (GUIDES, Document, {"path": str(self.engagement.cache / "guides")}),
        ]
        return [*kept, *documents, (r"/voila/render/(.*)", Page, given), (r"/(.*)", Page, given)]

    def listen(self) -> None:
        """Take the port, say the address, and serve until told to stop."""
        self.port = self._take_port()
        address = f"http://{HOST}:{self.port}/?token={self.token}"
        print(f"{self.engagement.settings.name}: {address}", flush=True)
        if self.private:
            say("The leader's private pages are open at this address: share it with nobody.")
        say("Stop with Ctrl-C.")
        self.kernel_manager.keep_warm()
        if self.browsing:
            webbrowser.open(address)
        self.ioloop = tornado.ioloop.IOLoop.current()
        with contextlib.suppress(KeyboardInterrupt):
            self.ioloop.start()
        self.stop()

    def _take_port(self) -> int:
        tried = [self.asked_port] if self.asked_port else range(PORT, PORT + PORTS_TRIED)
        for port in tried:
            with contextlib.suppress(OSError):
                self.app.listen(port, HOST)
                return int(port)
        if self.asked_port:
            raise WorkshopError(f"Port {self.asked_port} is in use or not allowed. Give another with --port.")
        raise WorkshopError(f"No port from {tried[0]} to {tried[-1]} is free. Give one with --port.")
