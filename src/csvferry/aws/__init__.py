"""csvferry as an AWS Lambda function; only this package needs boto3 and Powertools."""

import os

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # csvferry has none: 20 ms of a start
