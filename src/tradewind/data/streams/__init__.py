"""Live market data: frames off a socket to events, in order, once each, with bounded memory."""
