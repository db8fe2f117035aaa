"""Errors of devices; each says whether anything may have happened on the device."""


class DeviceError(Exception):
    """Base: a device can't do what was asked."""


class AddressError(DeviceError, ValueError):
    """The device's address in the settings can't be understood."""


class NotReadyError(DeviceError):
    """The device can't take the job now; nothing of it was sent. Ask again when it is ready."""


class UnsureError(DeviceError):
    """The connection broke amid the job: some of it, or all, may have been done."""
