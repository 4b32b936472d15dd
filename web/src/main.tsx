import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./app.css";
import { Overview } from "./overview/Overview";

const client = new QueryClient({ defaultOptions: { queries: { retry: 1, refetchOnWindowFocus: false } } });
const place = document.getElementById("root");
if (place === null) throw new Error("index.html has no element with the id root.");
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <Overview />
    </QueryClientProvider>
  </StrictMode>,
);
