"""A client of the wire visavis.v1: see client.py."""

from .client import Closed, Config, Desktop, Event, HTTPError, Phone
from .wire import Frame, FrameError, final, pack_frame, unpack_frame

__all__ = ["Closed", "Config", "Desktop", "Event", "Frame", "FrameError", "HTTPError", "Phone", "final", "pack_frame", "unpack_frame"]
