// ws, with each message framed once and written to every socket: `node ws.mjs PORT`.
import { Sender, WebSocketServer } from "ws";
import { broker } from "./broker.mjs";

const lists = new Map();
const server = new WebSocketServer({ port: Number(process.argv[2]), host: "127.0.0.1" });

server.on("connection", (socket, request) => {
  socket.on("error", () => {});
  socket.once("message", (text) => {
    const name = "bench:" + String(text).slice("list ".length);
    if (!lists.has(name)) lists.set(name, new Set());
    lists.get(name).add(request.socket);
    request.socket.once("close", () => lists.get(name).delete(request.socket));
    socket.send("ok");
  });
});

const text = { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: false };
const subscription = await broker();
await subscription.pSubscribe(
  "bench:*",
  (message, name) => {
    const frame = Buffer.concat(Sender.frame(message, text));
    for (const socket of lists.get(String(name)) ?? []) socket.write(frame);
  },
  true,
);
