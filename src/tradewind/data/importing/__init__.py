"""Reading people's own files and frames of bars, in the shapes in which they have them.

=================== ======================================================================
``files``           a file or a folder of files to series, with what was understood of each
``frames``          the same for pandas and Polars frames
``options``         what the reader may be told
``understood``      what it says that it understood, and the rows that it refused
``shapes``          one file a shape: how a source names and stamps its columns
``layout``          what a shape says of a table
``contents``        bytes of a file: unpacked within bounds, told apart by content
``text_table``      delimiter, header and rows of a text
``typed_table``     the same of Parquet, Feather and frames
``numbers``         decimal signs and thousands
``moments``         dates and times, and in which order day and month stand
``spacing``         the timeframe, from the distance of rows
``stamping``        from a source's own stamps to closes in UTC
``row_faults``      rows that cannot be bars
``corporate``       splits and dividends that a file tells of
=================== ======================================================================
"""
