"""ScriptFront: a replica whose server sends one empty shell, which a script fills from JSON."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.stand_in_server import HOME, ReceivedRequest, SiteReply, prose

PER_PAGE = 5
API_HOST = "api.cong-doan.example"
SHELL = """<!doctype html><html><head><meta charset="utf-8"><title>Công đoàn</title>
<link rel="stylesheet" href="/giao-dien.css"><link rel="icon" href="/bieu-tuong.png">
</head><body><noscript>Vui lòng bật JavaScript</noscript><div id="app"></div>
{head}<script src="/ung-dung.js"></script></body></html>"""
APP = """
const app = document.getElementById('app');
const esc = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
async function listing(page) {
  const told = await (await fetch(API + '/tin?page=' + page)).json();
  app.innerHTML = '<h1>Tin tức</h1>' + told.items.map((one) =>
    `<div class="tin"><a href="/bai-viet/${one.id}">${esc(one.title)}</a></div>`).join('')
    + (told.more ? `<a class="sau" href="/tin-tuc?trang=${page + 1}">Trang sau</a>` : '');
}
async function article(id) {
  const answer = await fetch(API + '/tin/' + id);
  if (!answer.ok) { app.innerHTML = '<h1>Không tìm thấy bài viết</h1>'; return; }
  const one = await answer.json();
  app.innerHTML = `<img src="/anh/${id}.jpg"><h1>${esc(one.title)}</h1>`
    + `<div class="ngay">Ngày đăng: ${new Date(one.at).toLocaleDateString()}</div>`
    + `<div class="noidung">${one.content}</div>`;
}
const found = location.pathname.match(/^\\/bai-viet\\/(\\d+)$/);
const page = Number(new URLSearchParams(location.search).get('trang') || 1);
if (found) article(found[1]); else listing(page);
"""


@dataclass
class ScriptFront:
    """The server; `head` is put into the shell of the addresses that `where` matches."""

    articles: list[int]
    api: str = "/api"
    head: str = ""
    where: str = ""
    robots: str = ""
    failing: set[int] = field(default_factory=set)

    def __call__(self, asked: ReceivedRequest) -> SiteReply:
        parts = urlsplit(asked.path)
        if parts.path == "/robots.txt":
            return SiteReply(self.robots, content_type="text/plain")
        if parts.path == "/ung-dung.js":
            script = f"const API = '{self.api}';{APP}".encode()
            told = {"Content-Encoding": "gzip"}
            return SiteReply(gzip.compress(script), content_type="text/javascript", headers=told)
        if found := re.fullmatch(r"(?:/api)?/tin(?:/(\d+))?", parts.path):
            return self.data(int(found[1]) if found[1] else None, parts.query)
        if parts.path == "/" or re.match(r"/(tin-tuc|bai-viet/\d+)$", parts.path):
            if asked.headers.get("if-none-match") == '"vo"':
                return SiteReply("", status=304)
            head = self.head if re.search(self.where, asked.path) else ""
            return SiteReply(SHELL.format(head=head), headers={"ETag": '"vo"', "Set-Cookie": "phien=1"})
        return SiteReply("", status=404)

    def data(self, number: int | None, query: str) -> SiteReply:
        if number is None:
            page = int(parse_qs(query)["page"][0])
            shown = self.articles[(page - 1) * PER_PAGE : page * PER_PAGE]
            items = [{"id": n, "title": title(n)} for n in shown]
            told: object = {"items": items, "more": page * PER_PAGE < len(self.articles)}
        elif number in self.articles and number not in self.failing:
            # an evening of UTC: the day people cite is Việt Nam's
            told = {"title": title(number), "at": f"2024-03-{number:02d}T18:30:00Z", "content": prose(number)}
        else:
            return SiteReply("{}", status=404, content_type="application/json")
        allowed = {"Access-Control-Allow-Origin": HOME}
        return SiteReply(json.dumps(told), content_type="application/json", headers=allowed)


def title(number: int) -> str:
    """The title of an article."""
    return f"Hội nghị người lao động & công đoàn cơ sở số {number}"
