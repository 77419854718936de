"""The steps of a feed file, run on a page. Secrets never appear in messages, and go to the page's own site only."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

from playwright.async_api import Dialog, ElementHandle, Locator, Page
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tickql.producer.browser.element_search import find_visible, wait_visible
from tickql.producer.browser.load_errors import obstacle, one_line
from tickql.producer.browser.scrolling import scroll_to_end
from tickql.producer.browser.secret_scope import SecretScope, refusal
from tickql.producer.browser.secrets import mask_secrets, read_secret
from tickql.producer.errors import StepFailed
from tickql.producer.feedfile.page_steps import PageStep, Secret
from tickql.producer.timings import DEFAULT_TIMINGS, Timings

logger = logging.getLogger("tickql.producer")

_MARGIN_S = 1.0
"""Playwright keeps the deadline itself, and its error says what is in the way. The margin is for a hung driver."""
_SCROLL_STEPS = 2
"""Scrolling may take as long as this many other steps."""


class PageSteps:
    """The steps of a feed file, with the secrets that they need.

    `scope`: where secrets may go. `name`: what messages call a step. `is_login`: every value is a secret, not only
    those of environment variables.

    Raises:
        SecretMissing: an environment variable that a step names is not set, or empty.
    """

    def __init__(
        self,
        steps: Sequence[PageStep],
        environ: Mapping[str, str],
        scope: SecretScope,
        timings: Timings = DEFAULT_TIMINGS,
        name: str = "step",
        *,
        is_login: bool = False,
    ) -> None:
        self.steps = steps
        self.scope = scope
        self.step_s = timings.step_s
        self._name = name
        self._is_login = is_login
        self._secrets = {
            step.value.env: read_secret(step.value, environ, self.describe(number))
            for number, step in enumerate(steps)
            if isinstance(step.value, Secret)
        }

    def describe(self, number: int) -> str:
        """Return how messages name a step, such as `step 2 (click "#tab")`. `number` counts from 0."""
        return f"{self._name} {number + 1} ({self.steps[number]})"

    def mask(self, text: str) -> str:
        """Replace the secrets in a text by `***`."""
        return mask_secrets(text, self._secrets)

    @property
    def secrets(self) -> Mapping[str, str]:
        """The values that are secrets, each by a name."""
        plain = {
            self.describe(number): step.value
            for number, step in enumerate(self.steps)
            if isinstance(step.value, str) and self.is_secret(step)
        }
        return {**plain, **self._secrets}

    def is_secret(self, step: PageStep) -> bool:
        """Return whether a step has a value that is a secret."""
        return isinstance(step.value, Secret) or (self._is_login and step.value is not None)

    def value(self, step: PageStep) -> str | None:
        """Return a step's value; `None`: it has none."""
        return self._secrets[step.value.env] if isinstance(step.value, Secret) else step.value


class StepRunner:
    """Runs steps on one page. Made before the page is loaded: dialogs of the browser are answered from then on.

    A dialog stops the page, and the step that opened it, until it is answered. So the answers are known before: the
    n-th dialog gets the answer of the n-th `dialog` step. Further dialogs are dismissed. `close` ends that.
    """

    def __init__(self, page: Page, steps: PageSteps) -> None:
        self._page = page
        self._steps = steps
        self._answers = deque(step for step in steps.steps if step.dialog is not None)
        self._answered = 0
        self._has_answered = asyncio.Event()
        page.on("dialog", self._answer)

    def close(self) -> None:
        """Leave dialogs to Playwright, which dismisses them."""
        self._page.remove_listener("dialog", self._answer)

    async def run(self, begin: Callable[[int], None] = lambda _: None) -> None:
        """Run all steps. `begin` is called before each, with its number from 0.

        Raises:
            StepFailed: names the step, and says why.
        """
        dialogs = 0
        for number, step in enumerate(self._steps.steps):
            begin(number)
            name = self._steps.describe(number)
            if step.dialog is not None:
                dialogs += 1
                await self.complete(self._wait_answered(dialogs), name, "the page opens no such dialog")
            elif step.press is not None:
                await self.complete(self._press(step.press), name, margin_s=_MARGIN_S)
            else:
                target = await self._find(step, name)
                factor = _SCROLL_STEPS if step.scroll else 1
                await self.complete(self._act(step, target, name), name, factor=factor, margin_s=_MARGIN_S)

    async def complete(
        self, action: Awaitable[object], name: str, late: str = "", *, factor: int = 1, margin_s: float = 0.0
    ) -> None:
        """Wait for an action, with the deadline of a step, or `factor` of them.

        `margin_s`: for an action that keeps the deadline itself, and says more about it than that it is over.

        Raises:
            StepFailed: `name`, and why. `late`: why it is not done at the deadline.
        """
        within_s = self._steps.step_s * factor
        try:
            async with asyncio.timeout(within_s + margin_s):
                await action
        except TimeoutError:
            raise StepFailed(
                f"{name}: {late} within {within_s:.0f} s" if late else f"{name}: not in {within_s:.0f} s"
            ) from None
        except PlaywrightError as error:
            # After its first line, Playwright's message is a log of its calls, with the texts that were filled in.
            found = obstacle(error)
            why = one_line(error)
            if found is not None or isinstance(error, PlaywrightTimeout):
                why = f"not in {within_s:.0f} s" + (f": {found}" if found else "")
            raise StepFailed(self._steps.mask(f"{name}: {why}")) from None

    async def _find(self, step: PageStep, name: str) -> Locator:
        found: list[Locator] = []
        selector = step.selector or ""

        async def find() -> None:
            if self._steps.is_secret(step):
                found.append(await wait_visible(self._page, selector, self._steps.scope.allows))
            else:
                found.append(await wait_visible(self._page, selector))

        try:
            await self.complete(find(), name, "nothing that it matches is visible")
        except StepFailed:
            if self._steps.is_secret(step):
                await self._explain_refusal(selector, name)
            raise
        return found[0]

    async def _explain_refusal(self, selector: str, name: str) -> None:
        """Raise `StepFailed` with the frame that has the element but may get no secret, if there is one."""
        with suppress(PlaywrightError):
            elsewhere = await find_visible(self._page, selector)
            handle = None if elsewhere is None else await elsewhere.element_handle(timeout=_MARGIN_S * 1000)
            frame = None if handle is None else await handle.owner_frame()
            if frame is not None and not self._steps.scope.allows(frame):
                raise StepFailed(f"{name}: {refusal(frame)}")

    async def _act(self, step: PageStep, target: Locator, name: str) -> None:
        timeout_ms = self._steps.step_s * 1000
        value = self._steps.value(step) or ""
        entry = await self._bound(target, name) if self._steps.is_secret(step) else target
        match step.kind:
            case "fill":
                await entry.fill(value, timeout=timeout_ms)
            case "choose":
                await entry.select_option(value, timeout=timeout_ms)
            case "click":
                await target.click(timeout=timeout_ms)
            case "hover":
                await target.hover(timeout=timeout_ms)
            case "scroll":
                if not await scroll_to_end(target, step.times, self._steps.step_s * _SCROLL_STEPS):
                    logger.warning("%s: still growing at the last of its moves: rows may be missing", name)

    async def _bound(self, target: Locator, name: str) -> ElementHandle:
        """Return an element that may get a secret, bound to the document that was checked.

        A locator would look again, in whatever document its frame shows by then. A handle is of one document, and of
        no use once the frame shows another one.

        Raises:
            StepFailed: the frame may get no secret.
        """
        handle = await target.element_handle(timeout=self._steps.step_s * 1000)
        frame = await handle.owner_frame()
        if frame is None or not self._steps.scope.allows(frame):
            raise StepFailed(f"{name}: {'its frame is gone' if frame is None else refusal(frame)}")
        return handle

    async def _press(self, key: str) -> None:
        focused = self._page.locator(":focus")
        # Playwright waits for a navigation that this begins, which it does not for keys without an element.
        if await focused.count() == 1:
            await focused.press(key, timeout=self._steps.step_s * 1000)
        else:
            await self._page.keyboard.press(key)

    async def _wait_answered(self, number: int) -> None:
        while self._answered < number:
            self._has_answered.clear()
            await self._has_answered.wait()

    async def _answer(self, dialog: Dialog) -> None:
        step = self._answers.popleft() if self._answers else None
        # The page may be gone, and the dialog with it.
        with suppress(PlaywrightError):
            # Which frame opened a dialog is not known: a secret is given only where every frame may get it.
            if step is not None and self._steps.is_secret(step) and not self._steps.scope.allows_all(self._page):
                await dialog.dismiss()
                logger.warning("a dialog gets no secret: the page has frames of sites that may get none")
            elif step is not None and step.dialog == "accept":
                await dialog.accept(self._steps.value(step))
            # A page that is being left asks whether it may be: it may.
            elif step is None and dialog.type == "beforeunload":
                await dialog.accept()
            else:
                await dialog.dismiss()
        if step is not None:
            self._answered += 1
            self._has_answered.set()
