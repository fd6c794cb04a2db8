"""`python -m tokgateway` is `tokgateway`."""

from tokgateway._runner import main

main()
