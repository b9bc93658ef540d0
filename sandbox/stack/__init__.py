"""From a template to living resources: expansion by SAM, and the CloudFormation types that moto lacks."""
