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
    "file": None,  # pages may not make us read our own disk
    "ftp": None,
    "s3": None,
    "data": None,
}
TELNETCONSOLE_ENABLED = False  # a console on a port is not for unattended machines
REMOTE_CONTROL_ENABLED = False  # runs code over localhost HTTP; on by default

# The frontier in SQL is the queue; it also knows every URL, so Scrapy's memory of them is off.
SCHEDULER = "crawler.night.scheduler.FrontierScheduler"
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
REFERER_ENABLED = False  # where a link was found is kept in the frontier, and is nobody else's business

ITEM_PIPELINES = {"pipelines.item_pipeline.ArticlePipeline": 100}
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 20_000_000  # back-pressure: bytes of pages being read and settled
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
    # every status comes to the spider: each is a verdict, none is dropped
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,  # traps are judged in spiders.urls.traps
}
EXTENSIONS = {
    "crawler.extensions.politeness.Politeness": 0,
    "crawler.extensions.error_log.ErrorLog": 0,
    "scrapy.extensions.corestats.CoreStats": None,  # a run's figures come from the database
    "scrapy.extensions.logstats.LogStats": None,  # progress lines are ours
    "scrapy.extensions.memusage.MemoryUsage": None,
}
STATS_CLASS = "scrapy.statscollectors.DummyStatsCollector"
DOWNLOADER_STATS = False
COOKIES_ENABLED = False  # sessions make twins of every URL, and the list of public suffixes is fetched
REDIRECT_ENABLED = False  # a redirect is a link to a URL with a row, a turn and a robots check of its own
METAREFRESH_ENABLED = False
ROBOTSTXT_OBEY = False  # Scrapy's own; ours is in DOWNLOADER_MIDDLEWARES
HTTPCACHE_ENABLED = False
RETRY_ENABLED = True
RETRY_TIMES = 2
# 429 and 503 say "later": asking again at once is rude, so they wait for the next run
RETRY_HTTP_CODES = [500, 502, 504, 522, 524, 408]
DOWNLOAD_FAIL_ON_DATALOSS = True  # a truncated page is a failure, never half an article
DOWNLOAD_DELAY_JITTER = 0.0  # the promised gap is the gap
CONCURRENT_REQUESTS_PER_DOMAIN = 1
LOG_LEVEL = "WARNING"
LOG_SHORT_NAMES = True
