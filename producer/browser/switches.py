"""The command-line switches with which the browser is started, besides those of Playwright.

Playwright's own already stop most requests of the browser's own, and keep timers of hidden pages at full rate.
"""

_PLAYWRIGHTS = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "msForceBrowserSignIn",
    "msEdgeUpdateLaunchServicesPreferredVersion",
)
"""Features that Playwright disables.

Chromium counts only the last `--disable-features`, so ours repeats Playwright's. A test compares them.
"""
_ADDRESS_BAR_MENUS = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup")
"""The menus of the address bar, which Chromium loads as two pages for each window, also for one that nobody sees.

They cost more than a small page that is watched: at each start of a page 0.5 s of CPU, and then 70 MB.
"""

SWITCHES = (
    # The observer needs `computedName`, the name that assistive technology reads.
    "--enable-blink-features=ComputedAccessibilityInfo",
    "--disable-domain-reliability",
    "--no-pings",
    "--disable-features=" + ",".join((*_PLAYWRIGHTS, *_ADDRESS_BAR_MENUS)),
)
