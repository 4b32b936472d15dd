"""Which release of Tradewind this is: recorded with every record and every model."""

VERSION = "0.1.0"
