import "@fontsource-variable/atkinson-hyperlegible-mono/wght.css";
import "@fontsource-variable/atkinson-hyperlegible-next/wght.css";
import "./styles/index.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app/app.tsx";
import { openSession, SessionContext } from "./app/session.ts";
import { applyStoredTheme } from "./app/theme.ts";

applyStoredTheme();
const element = document.getElementById("board");
if (element === null) {
  throw new Error("the page has no element #board");
}
const session = openSession(new URL(".", location.href));
createRoot(element).render(
  <StrictMode>
    <SessionContext value={session}>
      <App />
    </SessionContext>
  </StrictMode>,
);
