import { useEffect, useRef } from "react";

import { useSession } from "./session.ts";
import { useStored } from "./use-stored.ts";

const BARS = 60;
const BAR_PX = 3;
const STEP_PX = 4;
const HEIGHT_PX = 28;

/** A bar for the ticks of each of the last sixty seconds; a second without a connection is a mark on the ground. */
export function Pulse() {
  const { board, pulse } = useSession();
  const seconds = useStored(pulse);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current !== null) {
      draw(canvas.current, seconds);
    }
  }, [seconds]);
  const rate = board.rate.perSecond;
  return (
    <div className="pulse">
      <canvas ref={canvas} className="pulse-bars" aria-hidden="true" />
      <span className="pulse-rate">
        <span className="figures">{rate === null ? "–" : rate.toFixed(rate < 100 ? 1 : 0)}</span> ticks/s
      </span>
    </div>
  );
}

function draw(canvas: HTMLCanvasElement, seconds: readonly number[]): void {
  const context = canvas.getContext("2d");
  const ratio = devicePixelRatio;
  canvas.width = BARS * STEP_PX * ratio;
  canvas.height = HEIGHT_PX * ratio;
  if (context === null) {
    return;
  }
  const style = getComputedStyle(canvas);
  context.scale(ratio, ratio);
  const most = Math.max(1, ...seconds);
  seconds.forEach((ticks, index) => {
    const x = (BARS - seconds.length + index) * STEP_PX;
    const height = Math.max(1, (Math.max(0, ticks) / most) * HEIGHT_PX);
    context.fillStyle = ticks <= 0 ? style.borderBlockStartColor : style.color;
    context.fillRect(x, ticks < 0 ? HEIGHT_PX / 2 : HEIGHT_PX - height, BAR_PX, ticks < 0 ? 1 : height);
  });
}
