"""Messages about golden contacts to other systems: what is sent to whom, signed, over which connections, and
when again.

Others may use: `subscription`, `sending`, `signing`, `backoff`, `order`."""
