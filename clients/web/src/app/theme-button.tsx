import { useState } from "react";

import { chooseTheme, storedTheme, THEMES } from "./theme.ts";
import type { Theme } from "./theme.ts";

const SIGNS: Record<Theme, string> = { auto: "◐", light: "○", dark: "●" };

/** Goes through the themes: as the system has it, light, dark. */
export function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(storedTheme);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "auto";
  return (
    <button
      type="button"
      className="theme"
      aria-label={`Theme: ${theme}. Change to ${next}`}
      title={`Theme: ${theme}`}
      onClick={() => {
        chooseTheme(next);
        setTheme(next);
      }}
    >
      <span aria-hidden="true">{SIGNS[theme]}</span>
    </button>
  );
}
