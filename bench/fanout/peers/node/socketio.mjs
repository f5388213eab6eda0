// socket.io with its Redis adapter; another node emits the messages: `node socketio.mjs PORT`.
import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import { Server } from "socket.io";
import { broker } from "./broker.mjs";

const server = createServer();
const io = new Server(server, {
  transports: ["websocket"],
  adapter: createAdapter(await broker(), await broker()),
});

io.on("connection", (socket) => {
  socket.on("join", (list) => {
    socket.join(String(list));
    socket.emit("joined");
  });
});

server.listen(Number(process.argv[2]), "127.0.0.1");
