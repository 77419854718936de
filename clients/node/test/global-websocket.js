// What Node.js has by itself from version 22 on.
import { webSocket } from "../dist/websocket.node.js";

globalThis.WebSocket = webSocket;
