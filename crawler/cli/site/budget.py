"""`congdoan site budget`: the requests made to a site in a night, as a text for its webmaster."""

from __future__ import annotations

from dataclasses import dataclass

import click
from sqlalchemy import Engine

from crawler.budget import BudgetLimits
from crawler.cli.context import Setup
from crawler.config import Config
from crawler.night.session import user_agent
from spiders.profile.site_profile import SiteProfile
from storage.database.engine import reading
from storage.frontier import hosts
from storage.frontier.hosts import HostRecord

ROBOTS_AGENT = "congdoan-archive"  # our user agent in robots.txt
MAX_ROBOTS_RULES = 12  # printed of a robots.txt
BUDGET_TEXTS = {
    "en": """\
What congdoan-archive asks of {domain}

  who we are      {agent}
  how often       one visit every {every}, {hours}
  at most         {pages} pages a visit{more}; in ordinary nights about {courtesy} requests and {share} more
                  for each new or changed article, and the files and pictures of new articles
  how fast        one request at a time to a host, at least {delay:g} seconds apart{gap}
  what is spared  pages that did not change are asked for conditionally (ETag, Last-Modified);
                  429 and 503 are answered with a wait, Retry-After is kept, also in later nights
  robots.txt      read anew in every visit; while it answers 5xx or 429 nothing is asked
{robots}
  to be excluded  put this into https://{domain}/robots.txt; it holds from the next visit on:
                      User-agent: congdoan-archive
                      Disallow: /
                  or write to us, and the site is taken off our list:
                      {contact}
""",
    "vi": """\
Những gì congdoan-archive yêu cầu ở {domain}

  chúng tôi là    {agent}
  tần suất        một lượt mỗi {every}, {hours}
  nhiều nhất      {pages} trang mỗi lượt{more}; đêm bình thường khoảng {courtesy} yêu cầu,
                  cộng {share} cho mỗi bài mới hoặc được sửa, cùng tệp đính kèm và ảnh của bài mới
  tốc độ          mỗi lần một yêu cầu tới một máy chủ, cách nhau ít nhất {delay:g} giây{gap}
  tiết kiệm       trang không đổi được hỏi có điều kiện (ETag, Last-Modified); gặp 429 và 503 thì chờ,
                  Retry-After được tôn trọng, kể cả ở các đêm sau
  robots.txt      đọc lại ở mỗi lượt; khi tệp này trả lời 5xx hoặc 429 thì không hỏi gì cả
{robots}
  để được loại ra ghi vào https://{domain}/robots.txt, có hiệu lực từ lượt kế tiếp:
                      User-agent: congdoan-archive
                      Disallow: /
                  hoặc viết thư cho chúng tôi, trang sẽ được gỡ khỏi danh sách:
                      {contact}
""",
}


@dataclass(frozen=True, slots=True)
class BudgetPhrases:
    """Phrases of one language that depend on the profile, the settings or robots.txt."""

    any_hour: str
    not_in: str
    megabytes: str
    minutes: str
    gap: str
    unread: str
    none: str
    read: str
    all_of_it: str
    no_contact: str
    units: tuple[str, str, str]


PHRASES = {
    "en": BudgetPhrases(
        "at any hour",
        "never at {hours} ({zone})",
        ", {number:g} MB",
        ", {number:g} minutes",
        "; {host} made us keep {number:g} seconds for now",
        "                  {host}: not read yet",
        "                  {host}: there is none (HTTP {status}, {at:%Y-%m-%d}): nothing is forbidden",
        "                  {host}, read {at:%Y-%m-%d %H:%M} UTC, what it says to us:",
        "                      nothing is forbidden",
        "(no contact is set yet: set `contact` in congdoan.toml before live sites are asked)",
        (" day(s)", " hour(s)", " minute(s)"),
    ),
    "vi": BudgetPhrases(
        "vào bất kỳ giờ nào",
        "không bao giờ trong khoảng {hours} ({zone})",
        ", {number:g} MB",
        ", {number:g} phút",
        "; hiện {host} buộc chúng tôi giữ khoảng cách {number:g} giây",
        "                  {host}: chưa đọc",
        "                  {host}: không có (HTTP {status}, {at:%d/%m/%Y}): không điều gì bị cấm",
        "                  {host}, đọc lúc {at:%H:%M %d/%m/%Y} UTC, dành cho chúng tôi:",
        "                      không điều gì bị cấm",
        "(chưa có địa chỉ liên hệ: đặt `contact` trong congdoan.toml trước khi hỏi các trang thật)",
        (" ngày", " giờ", " phút"),
    ),
}


@click.command("budget")
@click.argument("key")
@click.option("--lang", type=click.Choice(["vi", "en", "both"]), default="both", show_default=True)
@click.pass_obj
def budget(setup: Setup, key: str, lang: str) -> None:
    """Print how often and how fast the site KEY is visited, as a text for its webmaster.

    \b
    Example: congdoan site budget laodongthudo --lang vi

    It follows from profile, configuration and the robots.txt of the site as last fetched.
    """
    (profile,) = setup.profiles_named((key,))
    host_records = _host_records(setup, profile)
    languages = ("vi", "en") if lang == "both" else (lang,)
    click.echo(
        "\n".join(budget_text_of(profile, setup.config, host_records, language) for language in languages),
        nl=False,
    )


def _host_records(setup: Setup, profile: SiteProfile) -> dict[str, HostRecord]:
    """The stored robots.txt and delays of the site's hosts; empty without an archive."""
    config = setup.config
    if not config.database and not (config.data / "archive.db").exists():
        return {}
    engine: Engine = setup.archive()
    with reading(engine) as connection:
        host_records = hosts.read_hosts(connection, profile.hosts)
    engine.dispose()
    return host_records


def budget_text_of(
    profile: SiteProfile, config: Config, host_records: dict[str, HostRecord], lang: str
) -> str:
    """The text for the webmaster in one language (`vi` or `en`)."""
    phrases, limits = PHRASES[lang], BudgetLimits.of_site(profile, config)
    hours = ", ".join(profile.fetch.quiet or config.quiet)
    other_limits = phrases.megabytes.format(number=limits.megabytes) if limits.megabytes else ""
    other_limits += phrases.minutes.format(number=limits.minutes) if limits.minutes else ""
    delay = config.delay if profile.fetch.delay is None else profile.fetch.delay
    slowed = [host for host in host_records.values() if host.gap > delay]
    unit = phrases.units["dhm".index(profile.every[-1])]
    return BUDGET_TEXTS[lang].format(
        domain=profile.domain,
        agent=user_agent(config),
        every=profile.every[:-1] + unit,
        hours=phrases.not_in.format(hours=hours, zone=config.timezone) if hours else phrases.any_hour,
        pages=limits.pages,
        more=other_limits,
        courtesy=profile.fetch.courtesy,
        share=f"{1 + profile.fetch.revisits:g}",
        delay=delay,
        gap="".join(phrases.gap.format(host=host.host, number=host.gap) for host in slowed),
        robots="\n".join(_robots_lines(profile, host_records, phrases)),
        contact=config.contact or phrases.no_contact,
    )


def _robots_lines(
    profile: SiteProfile, host_records: dict[str, HostRecord], phrases: BudgetPhrases
) -> list[str]:
    lines: list[str] = []
    for name in sorted(profile.hosts & host_records.keys()) or [profile.domain]:
        host = host_records.get(name)
        if host is None or host.robots_at is None:
            lines.append(phrases.unread.format(host=name))
        elif host.robots is None:
            lines.append(phrases.none.format(host=name, status=host.robots_status, at=host.robots_at))
        else:
            lines.append(phrases.read.format(host=name, at=host.robots_at))
            rules = robots_rules_for_us(host.robots)
            lines += [f"                      {rule}" for rule in rules[:MAX_ROBOTS_RULES]] or [
                phrases.all_of_it
            ]
            lines += ["                      …"] if len(rules) > MAX_ROBOTS_RULES else []
    return lines


def robots_rules_for_us(robots: str) -> list[str]:
    """The rules of a robots.txt for our user agent: of our own group, else of the group `*`."""
    groups: dict[str, list[str]] = {}
    names: list[str] = []
    naming = False
    for line in robots.lstrip("\ufeff").splitlines():
        key, _, value = (part.strip() for part in line.partition("#")[0].partition(":"))
        if key.lower() == "user-agent":
            names = [*names, value.lower()] if naming else [value.lower()]
            naming = True
            groups.setdefault(value.lower(), [])
        elif key.lower() in {"allow", "disallow", "crawl-delay"}:
            naming = False
            for name in names:
                groups[name].append(f"{key.capitalize()}: {value}")
    ours = next((groups[name] for name in groups if name != "*" and name and name in ROBOTS_AGENT), None)
    return [rule for rule in (groups.get("*", []) if ours is None else ours) if not rule.endswith(": ")]
