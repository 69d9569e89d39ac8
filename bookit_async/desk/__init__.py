"""What every front needs, whatever its framework: sealed references, what they stand for, bookings seen through."""
