import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The page is built into the Python package, which serves it; `npm run dev` talks to a running `tradewind serve`.
export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    outDir: "../src/tradewind/api/static",
    emptyOutDir: true,
    target: ["chrome123", "firefox121", "safari17.5"],
    reportCompressedSize: true,
  },
  server: {
    proxy: { "/api": { target: "http://127.0.0.1:8420", ws: true } },
  },
});
