"""The append-only, hash-chained journal, and what lies beside it: key ring and inbox.

======================= =====================================================================
``chain``               the hash that ties a record to all before it, and its check
``memory``              journal in memory, for backtests
``sqlite``              journal in one SQLite file: the writer
``sqlite_reader``       the same file as anyone may read it, while another process writes
``sqlite_file``         tables, connections and identity of that file
``sqlite_faults``       SQLite's errors in plain words
``ownership``           one process owns a journal
``snapshots``           states kept beside the records, each with its own hash
``kinds``               finding records of some event types without decoding all
``records``             stored lines as records
``sealed``              personal fields, encrypted with keys that can be destroyed
``private_file``        small files that only their owner may read: key ring, inbox
``inbox``               commands of other processes for the owner
``audit``               full check of a journal file, and anchors to keep elsewhere
======================= =====================================================================
"""
