"""csvferry as an AWS Lambda function; only this package knows boto3 and Powertools."""
