"""The driver: the same for every mode. It takes what comes in one order, journals it, and lets effects out.

=========== ==========================================================================================
``loop``     the driver itself: one event after the other, until all has settled
``mailbox``  the one bounded queue: live feeds, brokers and models put in, the driver takes out
``schedule`` when a cycle is due: bars that closed, or a span of quotes, never one a quote
``asking``   models, in the process at once, or in workers with a deadline
``outbox``   effects to a broker, in the process at once, or through a thread that may take its time
``cursor``   where a recorded feed stands, by content
``recovery`` everything stateful from the newest snapshot and the records after it
=========== ==========================================================================================
"""
