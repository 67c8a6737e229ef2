"""csvferry as an AWS Lambda function; only this package needs boto3 and Powertools."""
