"""A store of tables on a PostgreSQL server, for several machines; the extra ``postgres`` has its libraries.

============== ===========================================================================
``tables``     upsert, read, list, check: the same contract as the files'
``server``     where it is, how it is spoken to, and its faults in words of our own
``layout``     which tables there are, their columns and keys
``migrations`` how a database gets there, step by step (Alembic)
``upgrade``    run those steps, or say how far a database is
``years``      bars by year: native partitions, or a hypertable where TimescaleDB is
``rows``       Arrow to the server and back, in the binary form of COPY where it can be
============== ===========================================================================
"""
