"""The language everyone speaks: types, events, ports, errors, clock, registry, session table. No I/O."""
