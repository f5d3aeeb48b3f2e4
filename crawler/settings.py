"""The only Scrapy settings: what differs from Scrapy's defaults, each with its reason."""

BOT_NAME = "congdoan"
# One class serves every site: the profiles are the spiders.
SPIDER_LOADER_CLASS = "crawler.night.spider_loader.SiteSpiderLoader"
SPIDER_MODULES: list[str] = []

# No Twisted reactor: many whole crawls in one asyncio process, and the aiohttp handler, which keeps
# header case and reason phrases for the WARC and still reaches servers of the TLS 1.0 era.
TWISTED_REACTOR_ENABLED = False
DOWNLOAD_HANDLERS = {
    "http": "crawler.handlers.warc_record.WarcRecordHandler",
    "https": "crawler.handlers.warc_record.WarcRecordHandler",
    "file": None,  # a page must not make the crawler read local files
    "ftp": None,
    "s3": None,
    "data": None,
}
TELNETCONSOLE_ENABLED = False  # no console on a port of an unattended machine
REMOTE_CONTROL_ENABLED = False  # runs code over localhost HTTP; on by default

# The frontier in SQL is the queue and has every URL, so Scrapy's own duplicate filter is off.
SCHEDULER = "crawler.night.scheduler.FrontierScheduler"
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
REFERER_ENABLED = False  # the frontier stores where a link was found; servers are not told

ITEM_PIPELINES = {"pipelines.item_pipeline.ArticlePipeline": 100}
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 20_000_000  # bytes of pages being extracted and settled (back-pressure)
CONCURRENT_ITEMS = 1  # a response gives one item, and Scrapy starts this many tasks for each response
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,  # crawls on when robots.txt is 5xx
    "crawler.middlewares.robots.RobotsMiddleware": 100,
    "crawler.middlewares.cookie_wall.CookieWallMiddleware": 105,
    "crawler.middlewares.aspnet_postback.AspnetPostbackMiddleware": 107,
    "crawler.middlewares.conditional_get.ConditionalGetMiddleware": 110,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # the frontier holds only own URLs
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
}
SPIDER_MIDDLEWARES = {
    # every status reaches the spider: each gives an outcome, none is dropped
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,  # see spiders.urls.traps
}
EXTENSIONS = {
    "crawler.extensions.politeness.Politeness": 0,
    "crawler.extensions.error_log.ErrorLog": 0,
    "scrapy.extensions.corestats.CoreStats": None,  # the figures of a run come from the database
    "scrapy.extensions.logstats.LogStats": None,  # progress is printed by crawler.cli.output.progress
    "scrapy.extensions.memusage.MemoryUsage": None,
}
STATS_CLASS = "scrapy.statscollectors.DummyStatsCollector"
DOWNLOADER_STATS = False
COOKIES_ENABLED = False  # sessions duplicate every URL; the public suffix list would be downloaded
REDIRECT_ENABLED = False  # a redirect is a link to another URL, with its own row, politeness and robots check
METAREFRESH_ENABLED = False
ROBOTSTXT_OBEY = False  # Scrapy's own check; RobotsMiddleware replaces it
HTTPCACHE_ENABLED = False
RETRY_ENABLED = True
RETRY_TIMES = 2
# 429 and 503 ask for a later request: those URLs wait for the next run
RETRY_HTTP_CODES = [500, 502, 504, 522, 524, 408]
DOWNLOAD_FAIL_ON_DATALOSS = True  # a truncated page is a failure, not half an article
DOWNLOAD_DELAY_JITTER = 0.0  # `delay` is exact
CONCURRENT_REQUESTS_PER_DOMAIN = 1
LOG_LEVEL = "WARNING"
LOG_SHORT_NAMES = True
