"""The demo: a small organization, and a mailbox in which its pages arrive. Only ``up --demo`` turns it on."""
