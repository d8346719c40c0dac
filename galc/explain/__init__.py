"""What targets can do, told to people and programs: the table, its pages, and what it means for a
file. Nothing here decides anything: tables and diagnostics do, and this package shows them."""
