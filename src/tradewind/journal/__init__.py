"""The append-only, hash-chained journal, and what lies beside it: mark, key ring and inbox.

======================= =====================================================================
``opening``             how everybody above opens writer, reader, inbox and keys
``chain``               the hash that ties a record to all before it, and its check
``rows``                a commit as one stored row
``versions``            each record decoded by its own version, older ones lifted to today's
``kinds``               what records are found by: the kind of their event, and keys
``selecting``           which records of a commit are wanted, decoded
``memory``              journal in memory, for backtests
``sqlite``              journal in one SQLite file: the writer
``pending``             what was appended and not yet committed
``sqlite_reader``       the same file as anyone may read it, while another process writes
``sqlite_file``         tables, connections and identity of that file
``sqlite_faults``       SQLite's errors in plain words
``mark``                how far the journal went, kept apart, so that a lost end is said
``tail``                the check of a journal's end, however long it is
``ownership``           one process owns a journal
``snapshots``           states kept beside the records, each tied to the chain
``sealed``              personal fields, encrypted with keys that can be destroyed
``names``               who is behind such a field, for faces
``private_file``        files that only their owner may read
``inbox``               commands of other processes for the owner
``audit``               full check of a journal file, and anchors to keep elsewhere
``checking``            the part of that check that one commit goes through
``files``               the files of a session that belong together
``export``              a checked copy of them
======================= =====================================================================
"""
