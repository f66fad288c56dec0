// The booktest site on Express, to be put under load beside Huihua. It is told everything by its
// environment: PORT, SECRET, STORE (sqlite or redis), and SQLITE (a path) or REDIS_URL.
//
//     NODE_ENV=production PORT=3001 SECRET=… STORE=sqlite SQLITE=/tmp/sessions.sqlite3 node server.js

import cluster from "node:cluster";
import os from "node:os";
import Database from "better-sqlite3";
import betterSqlite3SessionStore from "better-sqlite3-session-store";
import { RedisStore } from "connect-redis";
import escapeHtml from "escape-html";
import express from "express";
import session from "express-session";
import { createClient } from "redis";

const DAY = 24 * 60 * 60 * 1000;

const page = (name) => `<!DOCTYPE html>
<html>
<head>
    <title>首页</title>
</head>
<body>
你好：${escapeHtml(name)}
<hr/>
<a href="/login/">登录</a>
<hr/>
<a href="/logout/">退出</a>
</body>
</html>
`;

function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: see the head of server.js`);
  return value;
}

// As durable as Huihua's: WAL, and every commit waits for the disk.
function openSqlite() {
  const database = new Database(setting("SQLITE"));
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  return database;
}

// Sessions last from their last change, as the others' do: without touch, which would write at
// every request.
async function openStore() {
  switch (setting("STORE")) {
    case "sqlite": {
      const SqliteStore = betterSqlite3SessionStore(session);
      const store = new SqliteStore({ client: openSqlite() });
      store.touch = undefined;
      return store;
    }
    case "redis": {
      const client = createClient({ url: setting("REDIS_URL") });
      client.on("error", (error) => console.error(`Redis: ${error.message}`));
      return new RedisStore({ client: await client.connect(), disableTouch: true });
    }
    default:
      throw new Error("STORE has to be sqlite or redis");
  }
}

async function serve() {
  const app = express();
  // The others send neither.
  app.disable("etag");
  app.disable("x-powered-by");
  app.use(
    session({
      store: await openStore(),
      secret: setting("SECRET"),
      name: "sessionid",
      cookie: { maxAge: 14 * DAY, sameSite: "lax" },
      resave: false,
      saveUninitialized: false,
    }),
  );
  const form = express.urlencoded({ extended: false });

  app.get("/", (request, response) => {
    response.send(page(request.session.uname ?? "游客"));
  });

  app.post("/login_handle/", form, (request, response, next) => {
    const { uname } = request.body;
    request.session.regenerate((error) => {
      if (error) return next(error);
      request.session.uname = uname;
      response.redirect("/");
    });
  });

  app.post("/expiry/", form, (request, response, next) => {
    const days = Number(request.body.days);
    request.session.days = days;
    request.session.cookie.maxAge = days * DAY;
    // By itself it saves only if a value is another than before.
    request.session.save((error) => (error ? next(error) : response.redirect("/")));
  });

  app.get("/logout/", (request, response, next) => {
    request.session.destroy((error) => (error ? next(error) : response.redirect("/")));
  });

  app.get("/one/", (request, response) => {
    response.type("text/plain").send(request.session.uname ?? "");
  });

  app.listen(Number(setting("PORT")), "127.0.0.1");
}

if (cluster.isPrimary) {
  // One of them makes the file, so that the others don't wait for each other over its mode.
  if (setting("STORE") === "sqlite") openSqlite().close();
  for (let worker = 0; worker < os.availableParallelism(); worker++) cluster.fork();
} else {
  await serve();
}
