"""Errors of devices; each says whether anything may have happened on the device."""


class DeviceError(Exception):
    """Base: a device can't do what was asked."""


class AddressError(DeviceError, ValueError):
    """The device's address in the settings can't be understood."""


class NotReadyError(DeviceError):
    """The device can't take the job now; nothing of it was sent. Ask again when it is ready."""


class UnsureError(DeviceError):
    """The connection broke amid the job: some of it, or all, may have been done."""


class LostError(DeviceError):
    """The device can't be reached: not there, not allowed, unplugged, switched off or refused."""

    def __init__(self, detail: str, remedy: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        """What failed, in words."""
        self.remedy = remedy
        """The exact command or action that mends it; empty when nobody knows one."""


class EndedError(LostError):
    """The other side ended the connection in order: it has read all that was sent."""
