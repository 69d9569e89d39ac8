"""What `bookit_async.fastapi_router` is made of; needs the extra `fastapi`."""
