"""Projections of the journal that faces read: a session as it stands, why an order exists, and reports.

===================== =======================================================================
``rows``              the shapes that pages and API show: money as exact decimal text, times ISO
``amounts``           how ticks, lots, cash and times become text
``session``           folds a journal, record by record, into a session as it stands
``merge``             what a reader does with a change: the session as it stands, from the one before
``holdings``          positions and marks          ``lifecycles``  orders and their fills
``curve``             equity over time, bounded    ``rings``       the last few of something
``notices``           what a person should see     ``projected``   from what is remembered to rows
``explain``           why an order exists, from the journal alone
``explain_refusal``   why there is none
``report``            one self-contained HTML page; ``report_inputs`` is what it is made of
===================== =======================================================================
"""
