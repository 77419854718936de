// Every tick of a symbol as plain JSON over a WebSocket, with nothing but the WebSocket of Node.js 22 or a browser.
//   node websocket.js ws://127.0.0.1:8000/ws/ES
let cursor = null;

function connect(address) {
  const socket = new WebSocket(cursor === null ? address : `${address}?after=${encodeURIComponent(cursor)}`);
  socket.onmessage = ({ data }) => {
    const tick = JSON.parse(data);
    if (tick.gap) console.log("gap", tick.gap);
    console.log(tick.timestamp, tick.symbol, tick.ASK, tick.BID, tick.LAST);
    cursor = tick.cursor; // Where to continue when the connection breaks.
  };
  // Random, so that not all clients of a server that was restarted come back at once. 4400 to 4499: refused.
  socket.onclose = ({ code, reason }) => {
    if (code >= 4400) throw new Error(reason);
    setTimeout(connect, 100 + Math.random() * 2000, address);
  };
}

connect(process.argv[2] ?? "ws://127.0.0.1:8000/ws/ES");
