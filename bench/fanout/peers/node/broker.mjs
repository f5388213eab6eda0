// A connection to the broker for the Node servers. Port and password are in the environment.
import { createClient } from "redis";

export async function broker() {
  const { BROKER_PORT, BROKER_PASSWORD } = process.env;
  const client = createClient({
    socket: { host: "127.0.0.1", port: Number(BROKER_PORT) },
    password: BROKER_PASSWORD,
  });
  await client.connect();
  return client;
}
