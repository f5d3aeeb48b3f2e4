"""Articles made up to be searched, and an engine to search them with."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

from sqlalchemy import Engine, text

from storage.search.engine import RankedPage, SearchDoc, SearchEngine, engine_for
from storage.search.postgres import tsvector_engine as postgres
from storage.search.query.parse import parse
from storage.search.sqlite import fts5_engine as sqlite

MODULES = {"sqlite": sqlite, "postgresql": postgres}
EmptyDatabase = Callable[[str], AbstractContextManager[Engine]]
UNITS = (
    "LĐLĐ tỉnh Phú Thọ",
    "Liên đoàn Lao động huyện Thanh Ba",
    "Công đoàn ngành Giao thông vận tải",
    "CĐCS Công ty May Sông Hồng",
    "công đoàn cơ sở Trường THPT Hùng Vương",
    "Công đoàn Viên chức tỉnh Hòa Bình",
)
DEEDS = (
    "tổ chức hội nghị Ban Chấp hành lần thứ {n}",
    "trao {k}.500 suất quà Tết cho đoàn viên khó khăn",
    "ký thỏa ước lao động tập thể với người sử dụng lao động",
    "khám sức khỏe miễn phí cho nữ công nhân",
    "triển khai Quyết định {k}/QĐ-LĐLĐ về thi đua",
    "bàn giao nhà Mái ấm công đoàn tại xã Yên Lập",
    "tập huấn an toàn vệ sinh lao động tại khu công nghiệp Thụy Vân",
    "phát động Tháng Công nhân năm {y}",
)
ENDS = (
    "Dự buổi lễ có đại diện UBND tỉnh và lãnh đạo doanh nghiệp.",
    "Bữa cơm ca được nâng lên {k}.000 đồng.",
    "Căn cứ Nghị quyết 02-NQ/TW ngày 12/6/2021, các đơn vị rà soát hợp đồng lao động.",
    "Bán hàng lưu động giá rẻ phục vụ công nhân.",
    "Bạn đọc gửi câu hỏi về bảo hiểm xã hội.",
    "Nhiều NLĐ mong có nhà trẻ gần nơi làm việc.",
    "Cán bộ công đoàn hòa giải thành tranh chấp về tiền lương.",
)
AUTHORS = ("Lê Thị Hoa", "Nguyễn Văn Thủy", "Trần Đức Hoà", None)
SITES = ("ldld_phutho", "cd_gtvt", "laodong")
SECTIONS: tuple[tuple[str, ...], ...] = (("Tin tức", "Tin hoạt động công đoàn"), ("Văn bản",), ())
LAND = ("bac_kan", "bac_kan/ba_be", "thai_nguyen", None)


def corpus(count: int = 150) -> list[SearchDoc]:
    rng = random.Random(1929)

    def line(pattern: str) -> str:
        return pattern.format(n=rng.randint(1, 9), k=rng.randint(10, 40), y=rng.randint(2015, 2025))

    def one(number: int) -> SearchDoc:
        title = f"{rng.choice(UNITS)} {line(rng.choice(DEEDS))}"
        body = "\n".join(line(rng.choice(ENDS)) for _ in range(rng.randint(2, 5)))
        lead = f"{rng.choice(UNITS)} vừa {line(rng.choice(DEEDS))}." if rng.random() < 0.8 else None
        day = date(2020, 1, 1) + timedelta(days=rng.randint(0, 1500)) if rng.random() < 0.9 else None
        cited = ("02-NQ/TW",) if "02-NQ/TW" in body else ()
        return SearchDoc(
            number, title, lead, body, rng.choice(AUTHORS), rng.choice(SITES), day,
            section=SECTIONS[number % 3], cited_documents=cited, place=LAND[number % 4],
            has_files=number % 5 == 0, has_images=number % 2 == 0,
        )  # fmt: skip

    return [one(number) for number in range(1, count + 1)]


def created(engine: Engine) -> SearchEngine:
    with engine.begin() as connection:
        for statement in MODULES[engine.dialect.name].CREATE:
            connection.execute(text(statement))
    return engine_for(engine.dialect.name)


def put(engine: Engine, search: SearchEngine, *docs: SearchDoc) -> None:
    with engine.begin() as connection:
        for doc in docs:
            search.index_document(connection, doc)


def doc(number: int, title: str, body: str = "", day: date | None = None) -> SearchDoc:
    return SearchDoc(number, title, None, body, None, "site", day)


def found(engine: Engine, query: str, limit: int = 1000, offset: int = 0) -> list[int]:
    return [hit.article_id for hit in results(engine, query, limit, offset).hits]


def results(engine: Engine, query: str, limit: int = 1000, offset: int = 0) -> RankedPage:
    with engine.connect() as connection:
        return engine_for(connection).search(connection, parse(query), limit=limit, offset=offset)
