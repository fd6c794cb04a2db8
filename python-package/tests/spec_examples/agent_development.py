from tokligence.agent import LangChainGateway, AutoGenGateway

# LangChain integration
llm = LangChainGateway(
    model="claude-3-sonnet-20240229",
    temperature=0.7
)

# AutoGen integration
config_list = AutoGenGateway.get_config_list()
