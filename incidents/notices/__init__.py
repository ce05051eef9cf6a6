"""What is told beside pages, and may come late: news to people, and events to organizations' webhooks (ADR 15).

Rows are laid out in the transaction of what they tell (``outbox``), and sent by threads of their own (``pool``), which
no page ever waits for. Each is sent at least once, under a constant key, on the retry table of Standard Webhooks, and
then given up.
"""
