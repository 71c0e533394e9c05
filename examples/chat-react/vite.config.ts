import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: { assetsDir: "" },
  // `pnpm dev`: pages come from Vite, everything else from `PORT=3001 node server.js`
  server: { proxy: { "/socket.io": { target: "http://localhost:3001", ws: true } } },
});
