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


BUDGET_PHRASES = {
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
    budget_hosts = _budget_hosts(setup, profile)
    languages = ("vi", "en") if lang == "both" else (lang,)
    click.echo(
        "\n".join(budget_text_of(profile, setup.config, budget_hosts, language) for language in languages),
        nl=False,
    )


def _budget_hosts(setup: Setup, profile: SiteProfile) -> dict[str, HostRecord]:
    """The stored robots.txt and delays of the site's hosts; empty without an archive."""
    config = setup.config
    if not config.database and not (config.data / "archive.db").exists():
        return {}
    engine: Engine = setup.archive()
    with reading(engine) as connection:
        budget_hosts = hosts.read_hosts(connection, profile.hosts)
    engine.dispose()
    return budget_hosts


def budget_text_of(
    profile: SiteProfile, config: Config, budget_hosts: dict[str, HostRecord], lang: str
) -> str:
    """The text for the webmaster in one language (`vi` or `en`)."""
    budget_phrases, budget_limits = BUDGET_PHRASES[lang], BudgetLimits.of_site(profile, config)
    hours = ", ".join(profile.fetch.quiet or config.quiet)
    budget_more = (
        budget_phrases.megabytes.format(number=budget_limits.megabytes) if budget_limits.megabytes else ""
    )
    budget_more += (
        budget_phrases.minutes.format(number=budget_limits.minutes) if budget_limits.minutes else ""
    )
    request_delay = config.delay if profile.fetch.delay is None else profile.fetch.delay
    slowed = [budget_host for budget_host in budget_hosts.values() if budget_host.gap > request_delay]
    budget_unit = budget_phrases.units["dhm".index(profile.every[-1])]
    return BUDGET_TEXTS[lang].format(
        domain=profile.domain,
        agent=user_agent(config),
        every=profile.every[:-1] + budget_unit,
        hours=budget_phrases.not_in.format(hours=hours, zone=config.timezone)
        if hours
        else budget_phrases.any_hour,
        pages=budget_limits.pages,
        more=budget_more,
        courtesy=profile.fetch.courtesy,
        share=f"{1 + profile.fetch.revisits:g}",
        delay=request_delay,
        gap="".join(
            budget_phrases.gap.format(host=budget_host.host, number=budget_host.gap) for budget_host in slowed
        ),
        robots="\n".join(_robots_lines(profile, budget_hosts, budget_phrases)),
        contact=config.contact or budget_phrases.no_contact,
    )


def _robots_lines(
    profile: SiteProfile, budget_hosts: dict[str, HostRecord], budget_phrases: BudgetPhrases
) -> list[str]:
    robots_lines: list[str] = []
    for host_name in sorted(profile.hosts & budget_hosts.keys()) or [profile.domain]:
        budget_host = budget_hosts.get(host_name)
        if budget_host is None or budget_host.robots_at is None:
            robots_lines.append(budget_phrases.unread.format(host=host_name))
        elif budget_host.robots is None:
            robots_lines.append(
                budget_phrases.none.format(
                    host=host_name, status=budget_host.robots_status, at=budget_host.robots_at
                )
            )
        else:
            robots_lines.append(budget_phrases.read.format(host=host_name, at=budget_host.robots_at))
            robots_rules = robots_rules_for_us(budget_host.robots)
            robots_lines += [
                f"                      {robots_rule}" for robots_rule in robots_rules[:MAX_ROBOTS_RULES]
            ] or [budget_phrases.all_of_it]
            robots_lines += ["                      …"] if len(robots_rules) > MAX_ROBOTS_RULES else []
    return robots_lines


def robots_rules_for_us(robots: str) -> list[str]:
    """The rules of a robots.txt for our user agent: of our own group, else of the group `*`."""
    robots_groups: dict[str, list[str]] = {}
    robots_agents: list[str] = []
    naming = False
    for robots_line in robots.lstrip("\ufeff").splitlines():
        robots_key, _, robots_value = (part.strip() for part in robots_line.partition("#")[0].partition(":"))
        if robots_key.lower() == "user-agent":
            robots_agents = [*robots_agents, robots_value.lower()] if naming else [robots_value.lower()]
            naming = True
            robots_groups.setdefault(robots_value.lower(), [])
        elif robots_key.lower() in {"allow", "disallow", "crawl-delay"}:
            naming = False
            for robots_agent in robots_agents:
                robots_groups[robots_agent].append(f"{robots_key.capitalize()}: {robots_value}")
    robots_rules = next(
        (
            robots_groups[robots_agent]
            for robots_agent in robots_groups
            if robots_agent != "*" and robots_agent and robots_agent in ROBOTS_AGENT
        ),
        None,
    )
    return [
        robots_rule
        for robots_rule in (robots_groups.get("*", []) if robots_rules is None else robots_rules)
        if not robots_rule.endswith(": ")
    ]
