// Compares pictures of the page: where each unit has its ink. `shots`: PNG files in base64, the first with all units,
// each further one without those whose number has one bit. Returns for each frame its units' boxes, by number.
async ([frames, shots]) => {
  const LEAST = 14; // of 255: a fainter change of colour is no ink that a person sees
  const pixelsOf = async (shot) => {
    const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${shot}`)).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height);
  };
  const { data: whole, width, height } = await pixelsOf(shots[0]);
  const numbers = new Uint8Array(width * height);
  for (const [bit, shot] of shots.slice(1).entries()) {
    const { data } = await pixelsOf(shot);
    for (let pixel = 0, at = 0; pixel < numbers.length; pixel += 1, at += 4) {
      const change = Math.max(Math.abs(whole[at] - data[at]), Math.abs(whole[at + 1] - data[at + 1]), Math.abs(whole[at + 2] - data[at + 2]));
      if (change > LEAST) numbers[pixel] |= 1 << bit;
    }
  }
  return frames.map((frame) => {
    const found = {};
    const right = Math.min(width, frame.left + frame.width), bottom = Math.min(height, frame.top + frame.height);
    for (let y = frame.top; y < bottom; y += 1) {
      for (let x = frame.left; x < right; x += 1) {
        const number = numbers[y * width + x];
        if (!number) continue;
        const box = (found[number] ??= { left: x, right: x, top: y, bottom: y, pixels: 0, sum: 0 });
        box.left = Math.min(box.left, x);
        box.right = Math.max(box.right, x);
        box.bottom = y;
        box.pixels += 1;
        box.sum += x;
      }
    }
    return Object.entries(found).map(([number, box]) =>
      [Number(number), box.left, box.top, box.right + 1, box.bottom + 1, box.sum / box.pixels, box.pixels]);
  });
}
