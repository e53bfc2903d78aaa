"""The state of the quote workflow: what every workflow keeps (see ``graphs.shared.state``)."""

from graphs.shared.state import WorkflowState

State = WorkflowState
