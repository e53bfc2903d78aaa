"""The state of a set-up: what every workflow keeps (see ``graphs.shared.state``)."""

from graphs.shared.state import WorkflowState

State = WorkflowState
