"use strict";
const kind = location.pathname.split("/")[1];

async function inDatabase(mode, work) {
  const database = await new Promise((resolve) => {
    const opening = indexedDB.open("broker", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("tokens");
    opening.onsuccess = () => resolve(opening.result);
  });
  const request = work(database.transaction("tokens", mode).objectStore("tokens"));
  return new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
}

const inStorage = (storage) => ({
  get: async () => storage.getItem("token"),
  set: async (token) => storage.setItem("token", token),
  drop: async () => storage.clear(),
});

const tokens = {
  open: { get: async () => "none needed", set: async () => {}, drop: async () => {} },
  cookie: { get: async () => "in the cookie", set: async () => {}, drop: async () => {} },
  local: inStorage(localStorage),
  session: inStorage(sessionStorage),
  indexed: {
    get: () => inDatabase("readonly", (store) => store.get("token")),
    set: (token) => inDatabase("readwrite", (store) => store.put(token, "token")),
    drop: () => inDatabase("readwrite", (store) => store.clear()),
  },
}[kind];
